Attribute VB_Name = "drawstop_ribbon"
Option Explicit

' The buttons of the ribbon. Python does the work, in its own process, which talks to this Excel.

Private Const FUNCTION_WIZARD As Long = 450 ' xlDialogFunctionWizard

Public Sub RefreshBook(ByVal control As Object)
    RunOnBook "from drawstop.hosts.excel import buttons; buttons.press('refresh')"
End Sub

Public Sub ConnectBook(ByVal control As Object)
    RunOnBook "from drawstop.hosts.excel import buttons; buttons.press('connect')"
End Sub

Private Sub RunOnBook(ByVal command As String)
    If ActiveWorkbook Is Nothing Then
        MsgBox "Open a workbook first.", vbInformation, "drawstop"
        Exit Sub
    End If
    Application.StatusBar = "drawstop is working"
    RunPython command
    Application.StatusBar = False
End Sub

' The workbook's own reference where it has one, otherwise Excel's list of functions, which shows ours by category.
Public Sub ShowHelp(ByVal control As Object)
    Dim sheet As Object
    If Not ActiveWorkbook Is Nothing Then
        For Each sheet In ActiveWorkbook.Worksheets
            If sheet.Name = "Functions" Then
                sheet.Activate
                Exit Sub
            End If
        Next sheet
        Application.Dialogs(FUNCTION_WIZARD).Show
    End If
End Sub
